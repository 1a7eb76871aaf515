// Above the box: what can stand in the place of the word that is being written. The keys go to the list meanwhile.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../../html.js";

const ID = "composer-choices";

/**
 * @template C
 * @param {{ label: string, q: string, choices: C[], keyOf: (choice: C) => string, draw: (choice: C) => any, box: HTMLTextAreaElement, onChoose: (choice: C) => void, onClose: () => void }} props
 *   `q`: what is written
 */
export function ChoiceList({ label, q, choices, keyOf, draw, box, onChoose, onClose }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [at, setAt] = useState(0);
  const now = Math.min(at, choices.length - 1);
  // At once: keys are pressed before the next picture is drawn.
  useLayoutEffect(() => setAt(0), [q]);
  useLayoutEffect(() => {
    if (choices.length === 0) return;
    const press = (/** @type {KeyboardEvent} */ event) => {
      /** @type {Record<string, () => void>} */
      const keys = {
        ArrowDown: () => setAt((now + 1) % choices.length),
        ArrowUp: () => setAt((now + choices.length - 1) % choices.length),
        Enter: () => onChoose(choices[now]),
        Tab: () => onChoose(choices[now]),
        Escape: onClose,
      };
      if (event.isComposing || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      keys[event.key]();
    };
    box.addEventListener("keydown", press, true);
    return () => box.removeEventListener("keydown", press, true);
  });
  useEffect(() => {
    if (choices.length === 0) return;
    // The focus stays in the box, so screen readers are told here what is chosen.
    box.setAttribute("aria-controls", ID);
    box.setAttribute("aria-activedescendant", `${ID}-${now}`);
    list.current?.children[now]?.scrollIntoView({ block: "nearest" });
    return () => ["aria-controls", "aria-activedescendant"].forEach((name) => box.removeAttribute(name));
  }, [now, choices.length]);
  if (choices.length === 0) return null;
  return html`
    <ul class="choice-list" id=${ID} role="listbox" aria-label=${label} ref=${list}>
      ${choices.map(
        (choice, index) => html`
          <li key=${keyOf(choice)} id="${ID}-${index}" role="option" aria-selected=${index === now} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => onChoose(choice)}>${draw(choice)}</li>
        `,
      )}
    </ul>
  `;
}
