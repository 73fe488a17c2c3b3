// The house's mark, a gable over two arches, and the arcade that goes on from it.

import { useId } from "preact/hooks";

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M6 13 16 6l10 7M8 25v-6a4 4 0 0 1 8 0v6m0-6a4 4 0 0 1 8 0v6M6 25h20" />
    </svg>
  );
}

export function Arcade() {
  const id = useId();
  return (
    <svg class="arcade" aria-hidden="true">
      <pattern id={id} width="72" height="120" patternUnits="userSpaceOnUse">
        <path d="M0 120V37a36 36 0 0 1 72 0v84M10 120V38a26 26 0 0 1 52 0v83M20 120V39a16 16 0 0 1 32 0v82" />
      </pattern>
      <rect width="100%" height="120" fill={`url(#${id})`} />
    </svg>
  );
}
