/** One bar of a chart. */
export interface Bar {
  readonly name: string;
  readonly seconds: number;
}

const WIDTH = 720;
const LABEL = 190;
const ROW = 34;

/** A chart of horizontal bars as one SVG text that needs nothing else; shorter is better. Pure. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ seconds }) => seconds), 0.001);
  const height = 54 + bars.length * ROW;
  const rows = bars.map((bar, index) => barText(bar, 44 + index * ROW, longest));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>${safe(title)}</title>
<style>text{fill:#1f2328}.bar{fill:#8c959f}.ours{fill:#1a7f37}@media (prefers-color-scheme:dark){text{fill:#e6edf3}}</style>
<text x="8" y="24" font-weight="600">${safe(title)} (seconds, shorter is better)</text>
${rows.join("\n")}
</svg>
`;
}

function barText({ name, seconds }: Bar, y: number, longest: number): string {
  const room = WIDTH - LABEL - 90;
  const width = Math.max(1, (seconds / longest) * room);
  const kind = name === "Drover" ? "ours" : "bar";
  return (
    `<text x="${LABEL - 8}" y="${y + 16}" text-anchor="end">${safe(name)}</text>` +
    `<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="22" rx="3"/>` +
    `<text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 16}">${seconds.toFixed(seconds < 10 ? 2 : 1)}</text>`
  );
}

function safe(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
