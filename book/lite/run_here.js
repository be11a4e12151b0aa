// JupyterLite is fetched from a server; in a copy opened as a file the entry stays hidden.
if (location.protocol !== "file:") {
  for (const entry of document.querySelectorAll(".page-tools > [hidden]")) entry.hidden = false;
}
