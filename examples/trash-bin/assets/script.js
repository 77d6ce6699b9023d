// Comfort only: every page works without it.
"use strict";

// Hides a notice after a while, unless somebody is about to use it. What it undoes stays in the trash.
for (const notice of document.querySelectorAll("[data-notice]")) {
  const hide = () => {
    if (notice.matches(":hover, :focus-within")) {
      setTimeout(hide, 5000);
    } else {
      notice.remove();
    }
  };
  setTimeout(hide, 20000);
}
