import { Loader, Modal, ScrollArea, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import { searchQuery } from "@/api/queries/me";
import type { Hit } from "@/api/schema";
import classes from "@/app/Palette.module.css";
import { type Key, useTexts } from "@/i18n";

type Entry = { id: string; label: string; beside: string; href: string };

const PLACES: readonly { label: Key; href: string }[] = [
  { label: "nav.runs", href: "/runs" },
  { label: "nav.graphs", href: "/graphs" },
  { label: "nav.operations", href: "/operations" },
  { label: "nav.files", href: "/files" },
  { label: "nav.pools", href: "/pools" },
];
const ADDRESSES: Readonly<Record<string, (id: string) => string>> = {
  run: (id) => `/runs/${id}`,
  graph: (id) => `/graphs/${id}`,
  operation: (id) => `/operations/${id}`,
  file: (id) => `/files?file=${encodeURIComponent(id)}`,
  artifact: (id) => `/artifacts/${id}`,
};
const DIGEST = /^[0-9a-f]{64}$/;
const TYPING = 150;

/** One box for everything: a word searches, an id or a digest lands where it belongs. */
export function Palette({ close }: { close: () => void }) {
  const t = useTexts();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const [settled] = useDebouncedValue(query.trim(), TYPING);
  const { data, isFetching } = useQuery(searchQuery(settled));

  const wanted = query.trim().toLowerCase();
  const places = PLACES.map(({ label, href }) => ({
    id: href,
    label: t(label),
    beside: t("palette.go"),
    href,
  })).filter(({ label }) => label.toLowerCase().includes(wanted));
  const entries = [
    ...pasted(query.trim()),
    ...places,
    ...(wanted === "" ? [] : (data?.items ?? []).map(found)),
  ];
  const at = Math.min(chosen, entries.length - 1);

  function open(entry: Entry | undefined): void {
    if (entry === undefined) return;
    close();
    void navigate({ href: entry.href });
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setChosen((at + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") open(entries[at]);
    else return;
    event.preventDefault();
  }
  return (
    <Modal.Root opened onClose={close} size="lg" yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label={t("palette.open")}>
        <TextInput
          data-autofocus
          variant="unstyled"
          size="md"
          p="xs"
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          placeholder={t("palette.placeholder")}
          aria-label={t("palette.placeholder")}
          role="combobox"
          aria-expanded
          aria-controls="palette-entries"
          aria-activedescendant={entries[at] && `palette-${at}`}
          leftSection={<IconSearch size={17} aria-hidden />}
          rightSection={isFetching && <Loader size="xs" />}
        />
        <ScrollArea.Autosize mah="52vh" className={classes.entries}>
          <div id="palette-entries" role="listbox" aria-label={t("palette.results")}>
            {entries.map((entry, place) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keyboard, as a combobox does
              <div
                key={`${entry.href} ${entry.id}`}
                id={`palette-${place}`}
                role="option"
                tabIndex={-1}
                aria-selected={place === at}
                className={classes.entry}
                onMouseMove={() => setChosen(place)}
                onClick={() => open(entry)}
              >
                <span className={classes.label}>{entry.label}</span>
                <span className={classes.beside}>{entry.beside}</span>
              </div>
            ))}
          </div>
          {entries.length === 0 && (
            <Text p="md" className="quiet" role="status">
              {isFetching || settled !== query.trim()
                ? t("palette.searching")
                : t("palette.nothing", { query: settled })}
            </Text>
          )}
        </ScrollArea.Autosize>
        <Text size="xs" p="xs" className={classes.hint}>
          {t("palette.hint")}
        </Text>
      </Modal.Content>
    </Modal.Root>
  );

  function found(hit: Hit): Entry {
    const status = hit.status === null ? "" : ` · ${hit.status}`;
    return {
      id: hit.id,
      label: hit.title || hit.name || hit.id,
      beside: `${t(`kind.${hit.kind}`)}${status}`,
      href: (ADDRESSES[hit.kind] ?? String)(hit.id),
    };
  }

  function pasted(text: string): Entry[] {
    return DIGEST.test(text)
      ? [{ id: text, label: text.slice(0, 16), beside: t("kind.artifact"), href: `/artifacts/${text}` }]
      : [];
  }
}
