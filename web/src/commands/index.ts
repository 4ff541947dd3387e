export function undo(): void {}
export function redo(): void {}
