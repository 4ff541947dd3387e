import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Empty, Skeleton } from "./ui/parts";

type Loader<P> = () => Promise<{ default: ComponentType<P> }>;

/** A part of the page whose code comes when it is first shown; a `quiet` one has no place until then. */
export function lazy<P extends object>(load: Loader<P>, quiet = false): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Part) return;
      load().then(
        (module) => {
          loaded = module.default;
          setPart(() => module.default);
        },
        () => setFailed(true),
      );
    }, []);
    if (Part) return <Part {...props} />;
    if (quiet) return null;
    if (!failed) return <Skeleton rows={6} class="page-skeleton" />;
    return (
      <Empty icon="alert" title="This part of the page did not load">
        <p>The server may have been updated meanwhile. Loading the page again fetches the new version.</p>
        <button type="button" class="btn btn-primary" onClick={() => location.reload()}>
          Reload
        </button>
      </Empty>
    );
  };
}
