// Keys, as people who write with an input method press them too.

const composing = 229; // the keyCode of a key that belongs to an input method (UI Events, appendix)

/**
 * Whether a keydown sends what was written: Enter, but not the Enter that ends a word of an input method. Safari sends
 * that one after the composition, so that only its keyCode tells.
 */
export const sends = (e) => e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== composing;
