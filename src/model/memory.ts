import type { JournalLine, Memory, Note, Owned, ReleaseMemory, RunHeader } from "./journal.ts";

type Draft = { -readonly [K in keyof Memory]: Memory[K] };

/** Folds journal lines into what the target remembers. Pure; lines already folded in are left out by their number. */
export function fold(memory: Memory, lines: readonly JournalLine[]): Memory {
  const draft: Draft = { ...memory };
  for (const line of lines) {
    if (line.seq <= draft.seq) continue;
    draft.seq = line.seq;
    apply(draft, line);
  }
  return draft;
}

function apply(draft: Draft, line: JournalLine): void {
  switch (line.t) {
    case "begin":
      draft.format = Math.max(draft.format, line.format);
      draft.stacks = { ...draft.stacks, [line.header.owner]: { ...line.header, run: line.run, time: line.time } };
      return;
    case "start":
      // What we began to make is ours, also when nobody lived to say that it was done.
      if (line.action === "create" && line.found !== true) applyOwned(draft, line);
      else if (line.secret === true) markSecret(draft, line.id, line.owner);
      return;
    case "done":
      applyOwned(draft, line);
      return;
    case "failed":
      draft.lastFailed = { run: line.run, id: line.id, message: line.message, output: line.output };
      return;
    case "undone":
      if (line.action !== undefined && line.owner !== undefined && line.action !== "create") {
        // It is as it was before: ours, and with a secret where it may be.
        const before = draft.owned[line.id]?.find((owned) => owned.owner === line.owner);
        const secret = before?.secret === true ? { secret: true } : {};
        applyOwned(draft, { ...line, ...secret, owner: line.owner, action: "update" });
        return;
      }
      setOwned(
        draft,
        line.id,
        (draft.owned[line.id] ?? []).filter((owned) => owned.run !== line.run),
      );
      return;
    case "note":
      applyNote(draft, line.note, line.run, line.time);
      return;
    default:
      return;
  }
}

/** A secret may be there from now on, although what was there before is all that is known for sure. */
function markSecret(draft: Draft, id: string, owner: string): void {
  const owners = draft.owned[id] ?? [];
  setOwned(
    draft,
    id,
    owners.map((owned) => (owned.owner === owner ? { ...owned, secret: true } : owned)),
  );
}

/** A stop for a while, which changes no owner. A path may end like its id, but belongs to no rollout. */
export function isPause({ id, group }: { readonly id: string; readonly group?: string | undefined }): boolean {
  return group !== undefined && id.endsWith("#pause");
}

type OwnedLine = Pick<Extract<JournalLine, { t: "start" }>, "id" | "owner" | "run" | "action"> &
  Partial<Pick<Extract<JournalLine, { t: "start" }>, "app" | "group" | "brought" | "found" | "secret">>;

function applyOwned(draft: Draft, line: OwnedLine): void {
  if (isPause(line)) return;
  const others = (draft.owned[line.id] ?? []).filter((owned) => owned.owner !== line.owner);
  const { owner, run, app, group, brought, found, secret } = line;
  const own: Owned = {
    owner,
    run,
    ...(app === undefined ? {} : { app }),
    ...(group === undefined ? {} : { group }),
    ...(brought === undefined ? {} : { brought }),
    ...(found === undefined ? {} : { found }),
    ...(secret === undefined ? {} : { secret }),
  };
  setOwned(draft, line.id, line.action === "delete" ? others : [...others, own]);
}

/** Whether an owner let this thing go, and has not taken it up again. */
export function isForgotten(memory: Memory, id: string, owner: string): boolean {
  return memory.forgotten?.[id]?.includes(owner) === true;
}

function setOwned(draft: Draft, id: string, owners: readonly Owned[]): void {
  const forgotten = draft.forgotten?.[id];
  if (forgotten !== undefined && owners.length > 0) {
    const still = forgotten.filter((one) => !owners.some((owned) => owned.owner === one));
    draft.forgotten = { ...draft.forgotten, [id]: still };
  }
  const { [id]: _gone, ...rest } = draft.owned;
  draft.owned = owners.length === 0 ? rest : { ...rest, [id]: owners };
}

function applyNote(draft: Draft, note: Note, run: string, time: string): void {
  switch (note.kind) {
    case "release": {
      const key = appKey(note.owner, note.record.app);
      const by = draft.stacks[note.owner]?.by ?? "";
      const failed = note.failed === true;
      const last = draft.lastFailed;
      const log = failed && last?.run === run ? { log: `${last.message}\n${last.output}` } : {};
      const entry: ReleaseMemory = { record: note.record, run, time, by, failed, ...log };
      const others = (draft.releases[key] ?? []).filter((other) => other.record.release !== note.record.release);
      draft.releases = { ...draft.releases, [key]: [entry, ...others].slice(0, 50) };
      return;
    }
    case "pin":
      draft.pins = { ...draft.pins, [appKey(note.owner, note.app)]: { release: note.release, by: note.by, run } };
      return;
    case "unpin": {
      const { [appKey(note.owner, note.app)]: _lifted, ...rest } = draft.pins;
      draft.pins = rest;
      return;
    }
    case "hold": {
      const { to, by } = note;
      const things = Object.entries(note.things).map(([id, held]) => [id, { ...held, to, by, run }] as const);
      const held = { ...draft.held?.[note.owner], ...Object.fromEntries(things) };
      draft.held = { ...draft.held, [note.owner]: held };
      return;
    }
    case "unhold": {
      const { [note.owner]: _lifted, ...rest } = draft.held ?? {};
      draft.held = rest;
      return;
    }
    case "adopt":
      setOwned(draft, note.id, [{ owner: note.owner, run }]);
      return;
    case "forget":
      setOwned(
        draft,
        note.id,
        (draft.owned[note.id] ?? []).filter((owned) => owned.owner !== note.owner),
      );
      draft.forgotten = { ...draft.forgotten, [note.id]: [...(draft.forgotten?.[note.id] ?? []), note.owner] };
      return;
    case "rename":
      applyRename(draft, note);
      return;
    case "command":
    case "exit":
      return; // For people only: what it did is seen when it is asked about.
    default:
      note satisfies never;
  }
}

/** What a target will remember once an app is renamed. Pure. */
export function withRename(memory: Memory, note: Extract<Note, { kind: "rename" }>): Memory {
  const draft: Draft = { ...memory };
  applyRename(draft, note);
  return draft;
}

function applyRename(draft: Draft, note: Extract<Note, { kind: "rename" }>): void {
  if (note.what !== "app") return;
  const [from, to] = [appKey(note.owner, note.from), appKey(note.owner, note.to)];
  const earlier = [note.from, ...(draft.names[from] ?? [])].filter((name) => name !== note.to);
  draft.names = { ...draft.names, [to]: earlier };
  const { [from]: moved = [], ...rest } = draft.releases;
  draft.releases = { ...rest, [to]: [...(rest[to] ?? []), ...moved] };
  const { [from]: pin, ...pins } = draft.pins;
  if (pin !== undefined) draft.pins = { ...pins, [to]: pins[to] ?? pin };
}

export function appKey(owner: string, app: string): string {
  return `${owner} ${app}`;
}

/** Ids (`type:name`) that an owner has here by the journal. */
export function ownedBy(memory: Memory, owner: string): Map<string, Owned> {
  const ids = new Map<string, Owned>();
  for (const [id, owners] of Object.entries(memory.owned)) {
    const mine = owners.find((owned) => owned.owner === owner);
    if (mine !== undefined) ids.set(id, mine);
  }
  return ids;
}

/** The other stacks that were ever applied on this target. */
export function othersHere(memory: Memory, owner: string): Array<RunHeader> {
  return Object.values(memory.stacks).filter((header) => header.owner !== owner);
}
