// Whether there is a keyboard one types on, rather than a touch screen that has to show one.
export const keys = matchMedia("(hover: hover) and (pointer: fine)");
