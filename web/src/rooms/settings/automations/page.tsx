// Rules that act by themselves: the list with what each did lately, one rule, or its log. The address says which.
import "../../../styles/automations.css";
import { useEffect, useState } from "preact/hooks";
import { type Automation, automationsApi, type Rule } from "../../../api/automations";
import { onBoardFrame, onReturn } from "../../../live/board";
import { explain } from "../../../live/pending";
import { params, withParams } from "../../../router";
import { Icon } from "../../../ui/icon";
import { Empty, Segmented, Skeleton } from "../../../ui/parts";
import { Heading, WithBoard } from "../parts";
import { Editor } from "./editor";
import { blank } from "./examples";
import { RuleList } from "./list";
import { Log } from "./log";

interface Rules {
  list: Automation[] | null;
  failed: unknown;
  again: () => Promise<void>;
}

const SETTLE_MS = 700;

/** Read again when a rule is changed by anybody, and when cards move: that is what rules act on. */
function useRules(): Rules {
  const [list, setList] = useState<Automation[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const again = () =>
    automationsApi.list().then(({ data }) => {
      setList(data);
      setFailed(null);
    }, setFailed);
  useEffect(() => {
    void again();
    let timer = 0;
    // Not put off by what comes meanwhile: on a busy board it would never be read.
    const soon = (wait: number) => {
      if (timer) return;
      timer = window.setTimeout(() => {
        timer = 0;
        void again();
      }, wait);
    };
    const stops = [
      onBoardFrame((frame) => {
        if (frame.type === "board_update" && frame.noun === "automation") soon(100);
        else if (frame.type !== "presence" && frame.type !== "cursor_move" && frame.type !== "pong")
          soon(SETTLE_MS);
      }),
      onReturn(() => soon(100)),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, []);
  return { list, failed, again };
}

const open = (rule: string | null, view: string | null = null) => withParams({ rule, view }, "push");

function Back() {
  return (
    <button type="button" class="btn btn-s btn-ghost rule-back" onClick={() => open(null)}>
      <Icon name="left" size={13} />
      All rules
    </button>
  );
}

interface OneProps {
  rule: Automation | null;
  start: Rule;
  again: () => Promise<void>;
}

function One({ rule, start, again }: OneProps) {
  const log = params.value.get("view") === "log";
  const done = () => {
    void again();
    open(null);
  };
  return (
    <>
      <div class="set-bar">
        <Back />
        {rule && (
          <Segmented
            label="What is shown"
            value={log ? "log" : "rule"}
            choices={[
              { value: "rule", label: "Rule" },
              { value: "log", label: "Log" },
            ]}
            onChange={(view) => withParams({ view: view === "log" ? "log" : null })}
          />
        )}
      </div>
      {rule && log && <Heading class="rule-title">{rule.name}</Heading>}
      {rule && log ? (
        <Log rule={rule} />
      ) : (
        <Editor key={rule?.id ?? "new"} start={start} kept={rule} onDone={done} onCancel={() => open(null)} />
      )}
    </>
  );
}

function Body() {
  const { list, failed, again } = useRules();
  const [begun, setBegun] = useState<Rule>(blank);
  const id = params.value.get("rule");
  if (failed !== null && !list) {
    return (
      <Empty icon="alert" title="The rules could not be read">
        <p class="pre">{explain(failed)}</p>
        <button type="button" class="btn" onClick={() => void again()}>
          Try again
        </button>
      </Empty>
    );
  }
  if (!list) return <Skeleton rows={6} />;
  const rule = list.find((each) => each.id === id) ?? null;
  if (id === "new") return <One rule={null} start={begun} again={again} />;
  if (id && rule) return <One rule={rule} start={rule} again={again} />;
  if (id) {
    return (
      <>
        <Back />
        <Empty icon="help" title="There is no such rule">
          <p>It may have been deleted. Undo, or the history of the board, brings it back.</p>
        </Empty>
      </>
    );
  }
  return (
    <RuleList
      rules={list}
      again={again}
      onNew={(start) => {
        setBegun(start);
        open("new");
      }}
      onOpen={open}
    />
  );
}

export default function Automations() {
  return <WithBoard>{() => <Body />}</WithBoard>;
}
