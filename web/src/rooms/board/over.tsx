// What opens over the board when it is asked for. Comes right after the board itself.
import { Chooser } from "./chooser";
import { CardMenu } from "./menu";
import { ReasonDialog } from "./reason";

export function Over() {
  return (
    <>
      <CardMenu />
      <Chooser />
      <ReasonDialog />
    </>
  );
}
