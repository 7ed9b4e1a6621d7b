// One live region tells a screen reader what begins and how it ends; the growing text itself is not read out.
document.addEventListener("chat:announce", (event) => {
  document.getElementById("status").textContent = event.detail;
});
