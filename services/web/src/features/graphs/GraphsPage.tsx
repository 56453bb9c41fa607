export function GraphsPage() {
  return null;
}
