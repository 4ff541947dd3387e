export default function TaskPanel(_props: { id: string; onClose: () => void }) {
  return null;
}
