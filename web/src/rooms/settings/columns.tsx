// The columns of the board: their order, kinds and limits.
export default function Columns() {
  return <p>Columns</p>;
}
