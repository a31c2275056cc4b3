// Which row stands at the top of a box that scrolls over more rows than a browser can make room for.
// Up to HEIGHT_MAX every row has its pixels. Beyond, a small step moves row by row and a large one by its share.
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

export const ROW_HEIGHT = 30;
const HEIGHT_MAX = 6_000_000;
const OVERSCAN = 8;

interface Place {
  /** The row at the top, with its fraction. */
  top: number;
  scrollTop: number;
  scrollLeft: number;
  width: number;
  height: number;
}

export interface Slice {
  first: number;
  /** Not part of it. */
  last: number;
  before: number;
  after: number;
}

const START: Place = { top: 0, scrollTop: 0, scrollLeft: 0, width: 1200, height: 480 };

export function useRowPlace(box: RefObject<HTMLDivElement | null>, count: number, headHeight: number) {
  const [place, setPlace] = useState(START);
  const known = useRef(START);
  const height = Math.min(count * ROW_HEIGHT, HEIGHT_MAX);

  const look = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const { scrollTop, scrollLeft, clientWidth: width, clientHeight } = element;
    const view = Math.max(ROW_HEIGHT, clientHeight - headHeight);
    const top = findTop(known.current, scrollTop, count, height, view);
    known.current = { top, scrollTop, scrollLeft, width, height: view };
    setPlace(known.current);
  }, [box, count, height, headHeight]);

  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [look, box]);

  const goTo = useCallback(
    (row: number) => {
      const element = box.current;
      if (!element) return;
      const view = Math.max(ROW_HEIGHT, element.clientHeight - headHeight);
      const last = Math.max(0, count - view / ROW_HEIGHT);
      const top = Math.min(Math.max(0, row), last);
      element.scrollTop = last === 0 ? 0 : (top / last) * Math.max(0, height - view);
      known.current = { ...known.current, top, scrollTop: element.scrollTop };
      look();
    },
    [box, count, height, headHeight, look],
  );

  return { place, slice: cut(place, count, height), look, goTo };
}

function findTop(before: Place, scrollTop: number, count: number, height: number, view: number): number {
  if (count * ROW_HEIGHT <= height) return scrollTop / ROW_HEIGHT;
  const end = height - view;
  const last = count - view / ROW_HEIGHT;
  if (scrollTop <= 0) return 0;
  if (scrollTop >= end - 1) return last;
  const step = scrollTop - before.scrollTop;
  if (Math.abs(step) >= view) return (scrollTop / end) * last;
  return Math.min(last, Math.max(0, before.top + step / ROW_HEIGHT));
}

/** The rows to be drawn and the room around them, so that the top row stands where the box has scrolled to. */
function cut({ top, scrollTop, height: view }: Place, count: number, height: number): Slice {
  const above = Math.min(OVERSCAN, Math.floor(scrollTop / ROW_HEIGHT));
  const first = Math.max(0, Math.min(Math.floor(top) - above, count - 1));
  const before = Math.max(0, scrollTop + (first - top) * ROW_HEIGHT);
  const room = Math.floor((height - before) / ROW_HEIGHT + 0.01);
  const last = Math.min(count, first + Math.min(room, above + Math.ceil(view / ROW_HEIGHT) + 1 + OVERSCAN));
  return { first, last, before, after: Math.max(0, height - before - (last - first) * ROW_HEIGHT) };
}
