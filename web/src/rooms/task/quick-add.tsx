export default function QuickAdd(_props: { onClose: () => void; status?: string }) {
  return null;
}
