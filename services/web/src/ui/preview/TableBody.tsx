import { Button } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Look, previewQuery } from "@/api/queries/artifacts";
import type { Column, TablePreview } from "@/api/schema";
import { useTexts } from "@/i18n";
import { count } from "@/i18n/format";
import classes from "./Preview.module.css";

type Props = { digest: string; look: Look; first: TablePreview; title: string };
const MOST_ROWS = 1_000;

/** The first rows; above each column what its values are like. */
export function TableBody({ digest, look, first, title }: Props) {
  const t = useTexts();
  const [isAll, setAll] = useState(false);
  const { data, isFetching } = useQuery({
    ...previewQuery(digest, { ...look, as: "table", ...(isAll && { rows: MOST_ROWS }) }),
    enabled: isAll,
    placeholderData: keepPreviousData,
  });
  const table = isAll && data?.kind === "table" ? data : first;
  const { columns, rows } = table;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.tableBox} tabIndex={0} aria-label={title}>
        <table className={classes.table}>
          <thead>
            <tr>
              {columns.map((column, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns may have the same name
                <th key={place} scope="col" data-number={isNumber(column) || undefined}>
                  <ColumnHead column={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name, and their order is fixed
              <tr key={line}>
                {columns.map((column, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <td key={place} data-number={isNumber(column) || undefined}>
                    {row[place]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={classes.more}>
        <span>
          {t(table.is_whole ? "preview.rows" : "preview.rows_read", {
            shown: count(rows.length),
            whole: count(table.row_count),
            columns: count(columns.length),
          })}
        </span>
        {!isAll && rows.length < first.row_count && (
          <Button size="compact-xs" variant="default" loading={isFetching} onClick={() => setAll(true)}>
            {t("preview.more_rows")}
          </Button>
        )}
      </div>
    </>
  );
}

function ColumnHead({ column }: { column: Column }) {
  const t = useTexts();
  return (
    <>
      <span className={classes.columnName}>{column.name}</span>
      <span className={classes.columnFacts}>
        {column.type}
        {column.empty > 0 && ` · ${t("preview.column.empty", { empty: count(column.empty) })}`}
      </span>
      <span
        className={classes.columnFacts}
        title={t("preview.column.distinct", { distinct: count(column.distinct) })}
      >
        {isNumber(column) ? <Spread column={column} /> : <Frequent column={column} />}
      </span>
    </>
  );
}

function Spread({ column: { min, max, mean } }: { column: Column }) {
  const t = useTexts();
  if (min === null || max === null) return null;
  return (
    <>
      {shown(min)} – {shown(max)}
      {mean !== null && (
        <span className={classes.mean}>{t("preview.column.mean", { mean: shown(mean) })}</span>
      )}
    </>
  );
}

function Frequent({ column: { frequent, distinct, values } }: { column: Column }) {
  const t = useTexts();
  const first = frequent[0];
  if (first === undefined || distinct === values)
    return t("preview.column.distinct", { distinct: count(distinct) });
  return `${first.value.slice(0, 24)} ×${count(first.count)}`;
}

function isNumber({ type }: Column): boolean {
  return type === "int" || type === "float";
}

function shown(value: number): string {
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(5)));
}
