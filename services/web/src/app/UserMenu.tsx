import { Menu, useMantineColorScheme } from "@mantine/core";
import { IconApi, IconCheck, IconLogout } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { meQuery } from "@/api/queries/me";
import { currentLanguage, LANGUAGES, type Language, speak, useTexts } from "@/i18n";

const APPEARANCES = ["auto", "light", "dark"] as const;

export function UserMenu({ target }: { target: ReactNode }) {
  const t = useTexts();
  const { data: me } = useQuery(meQuery());
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const chosen = (is: boolean) => (is ? <IconCheck size={14} aria-hidden /> : <span style={{ width: 14 }} />);
  return (
    <Menu position="bottom-end" width={240} defaultOpened>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        {me !== undefined && (
          <Menu.Label>
            {t("user.signed_in", { id: me.id })}
            <br />
            {t("user.team", { role: me.role, team: me.team })}
          </Menu.Label>
        )}
        <Menu.Divider />
        <Menu.Label>{t("user.appearance")}</Menu.Label>
        {APPEARANCES.map((name) => (
          <Menu.Item
            key={name}
            leftSection={chosen(colorScheme === name)}
            onClick={() => setColorScheme(name)}
          >
            {t(`appearance.${name}`)}
          </Menu.Item>
        ))}
        <Menu.Label>{t("user.language")}</Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((name) => (
          <Menu.Item
            key={name}
            lang={name}
            leftSection={chosen(currentLanguage() === name)}
            onClick={() => speak(name)}
          >
            {LANGUAGES[name]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href="/reference" leftSection={<IconApi size={14} aria-hidden />}>
          {t("user.api")}
        </Menu.Item>
        <form method="post" action="/logout">
          <Menu.Item type="submit" leftSection={<IconLogout size={14} aria-hidden />}>
            {t("user.sign_out")}
          </Menu.Item>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}
