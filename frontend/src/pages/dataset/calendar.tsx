// The days of a log as a calendar: weeks from left to right, the more rows the stronger. Arrow keys move over the days.
import { Group, Text, Title } from "@mantine/core";
import { type KeyboardEvent, useMemo, useRef } from "react";
import { Link } from "react-router";
import type { Dataset } from "../../api/flow-queries";
import { formatCount } from "../../parts/readings";
import { useChoice } from "./choice";
import classes from "./calendar.module.css";

const DAY_MS = 86_400_000;
const WEEK = 7;
const LEVELS = 4;
const WEEKDAYS = ["Mon", "", "Wed", "", "Fri", "", ""];
const STEPS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -WEEK, ArrowRight: WEEK };

interface Day {
  day: string;
  rows: number;
  level: number;
}

export function DayCalendar({ partitions }: { partitions: Dataset["partitions"] }) {
  const { choice, link } = useChoice();
  const box = useRef<HTMLDivElement>(null);
  const { days, lead, months, largest } = useMemo(() => planDays(partitions), [partitions]);
  const filled = days.filter((one) => one.rows > 0);
  const entry = filled.some((one) => one.day === choice.from) ? choice.from : filled.at(-1)?.day;

  const isWithin = (day: string) => (choice.from !== null || choice.to !== null) && day >= (choice.from ?? day) && day <= (choice.to ?? day);
  const isOnly = (day: string) => choice.from === day && choice.to === day;

  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const day = (event.target as HTMLElement).dataset["day"];
    if (step === undefined || day === undefined) return;
    event.preventDefault();
    let index = days.findIndex((one) => one.day === day) + step;
    while (days[index] && days[index]?.rows === 0) index += step;
    const next = days[index];
    if (next) box.current?.querySelector<HTMLElement>(`[data-day="${next.day}"]`)?.focus();
  };

  return (
    <section className="card" aria-label="Days">
      <Group justify="space-between" align="baseline" gap="xs">
        <Title order={2}>Days</Title>
        <Text size="sm" c="dimmed">
          Up to {formatCount(largest)} rows a day. Choose a day to see its rows, and again to see all.
        </Text>
      </Group>
      <div className={classes.scroll} ref={box} onKeyDown={move} tabIndex={0} role="region" aria-label="Rows of each day">
        <div className={classes.grid}>
          {months.map(({ week, title }) => (
            <span key={`${week} ${title}`} className={classes.month} style={{ gridColumn: week + 2 }}>
              {title}
            </span>
          ))}
          {WEEKDAYS.map((title, index) => (
            <span key={index} className={classes.weekday} style={{ gridRow: index + 2 }}>
              {title}
            </span>
          ))}
          {days.map(({ day, rows, level }, index) => {
            const place = { gridColumn: Math.floor((index + lead) / WEEK) + 2, gridRow: ((index + lead) % WEEK) + 2 };
            const words = `${day}: ${rows === 0 ? "no rows" : `${formatCount(rows)} rows`}`;
            return rows === 0 ? (
              <span key={day} className={classes.day} data-level={0} style={place} title={words} />
            ) : (
              <Link
                key={day}
                to={link(isOnly(day) ? { from: null, to: null } : { from: day, to: day })}
                preventScrollReset
                className={classes.day}
                data-level={level}
                data-day={day}
                style={place}
                title={words}
                aria-label={words}
                aria-current={isOnly(day) ? "true" : undefined}
                data-within={isWithin(day) || undefined}
                tabIndex={day === entry ? 0 : -1}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}

function planDays(partitions: Dataset["partitions"]) {
  const rows = new Map(partitions.map((one) => [one.day, one.row_count]));
  const largest = Math.max(1, ...rows.values());
  const least = Math.min(largest, ...[...rows.values()].filter((count) => count > 0));
  const rank = (count: number) => (largest === least ? LEVELS : 1 + Math.round(((LEVELS - 1) * (count - least)) / (largest - least)));
  const known = [...rows.keys()].sort();
  const first = Date.parse(`${known[0]}T00:00:00Z`);
  const last = Date.parse(`${known.at(-1)}T00:00:00Z`);
  // Monday is the first row.
  const lead = (new Date(first).getUTCDay() + 6) % WEEK;
  const days: Day[] = [];
  const months: { week: number; title: string }[] = [];
  for (let moment = first; moment <= last; moment += DAY_MS) {
    const date = new Date(moment);
    const day = date.toISOString().slice(0, 10);
    const count = rows.get(day) ?? 0;
    if (date.getUTCDate() === 1 || moment === first) {
      const withYear = date.getUTCMonth() === 0 || moment === first;
      const parts: Intl.DateTimeFormatOptions = { month: "short", timeZone: "UTC", ...(withYear ? { year: "numeric" } : {}) };
      const title = new Intl.DateTimeFormat("en-GB", parts).format(date).replace("Sept", "Sep");
      months.push({ week: Math.floor((days.length + lead) / WEEK), title });
    }
    days.push({ day, rows: count, level: count === 0 ? 0 : rank(count) });
  }
  return { days, lead, months: months.filter((one, index) => (months[index + 1]?.week ?? Infinity) - one.week > 2), largest };
}
