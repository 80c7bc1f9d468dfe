/**
 * Where an element is, without its text: web-vitals' form, so that targets
 * compare with what people know from there.
 */
export function selectorOf(node: Node | null | undefined): string {
  let selector = '';
  for (
    let at: Node | null | undefined = node;
    at?.nodeType && at.nodeType !== 9;
    at = at.parentNode
  ) {
    const { id, classList, nodeName, nodeType } = at as Element;
    const part = id
      ? `#${id}`
      : [
          nodeType === 1 ? nodeName.toLowerCase() : nodeName.slice(1).toUpperCase(),
          ...[...(classList ?? [])].sort(),
        ].join('.');
    if (selector.length + part.length > 99) return selector || part;
    selector = selector ? `${part}>${selector}` : part;
    if (id) break;
  }
  return selector;
}
