// The list of chats folds away on a wide page, and stays as it was left. On a narrow one it is a popover of its own.
import { remember } from "./memory.js";

const root = document.documentElement;
const side = document.getElementById("side");
const fold = document.getElementById("fold");

const show = () => fold.setAttribute("aria-expanded", String(root.dataset.side !== "closed"));

fold.addEventListener("click", () => {
  root.dataset.side = root.dataset.side === "closed" ? "open" : "closed";
  remember("side", root.dataset.side);
  show();
});

matchMedia("(width >= 52rem)").addEventListener("change", (wide) => wide.matches && side.hidePopover());
show();
