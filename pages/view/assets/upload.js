// Takes one file from the visitor. Where there is an address it is sent there as the body of one request, so
// that neither the browser nor the server holds it in memory; otherwise it is packed and handed to the page.
// Whatever a file or the server says is shown as text.

const uploads = new WeakMap();

/** Called when the uploader is drawn, and again with new `data` ({label, hint, max_bytes, otherwise, and address
 * with ticket, or max_packed}). */
export default function ({ parentElement, data, setTriggerValue }) {
  if (!uploads.has(parentElement)) {
    uploads.set(parentElement, begin(parentElement));
  }
  const upload = uploads.get(parentElement);
  Object.assign(upload, { data, setTriggerValue });
  upload.label.textContent = data.label;
  upload.hint.textContent = data.hint;
  return () => upload.request?.abort();
}

function begin(root) {
  const find = (selector) => root.querySelector(selector);
  const upload = {
    request: null,
    label: find(".label"),
    drop: find(".drop"),
    choose: find(".choose"),
    hint: find(".hint"),
    sending: find(".sending"),
    name: find(".name"),
    share: find(".share"),
    bar: find("progress"),
    refusal: find(".refusal"),
    said: find(".said"),
  };
  const input = find("input");
  upload.choose.onclick = () => input.click();
  upload.choose.disabled = false; // before this script came, a click would have done nothing
  input.onchange = () => {
    take(upload, [...input.files]);
    input.value = ""; // the same file may be chosen again
  };
  find(".cancel").onclick = () => upload.request?.abort();
  upload.drop.ondragover = (event) => {
    event.preventDefault();
    upload.drop.classList.add("over");
  };
  upload.drop.ondragleave = () => upload.drop.classList.remove("over");
  upload.drop.ondrop = (event) => {
    event.preventDefault();
    upload.drop.classList.remove("over");
    const folder = [...event.dataTransfer.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    take(upload, [...event.dataTransfer.files], folder);
  };
  return upload;
}

function take(upload, files, folder = false) {
  if (folder) {
    refuse(upload, "This is a folder.", "Pack it as .zip or .tar.gz, then upload that.");
  } else if (files.length > 1) {
    refuse(upload, "These are several files.", "Upload one at a time, or pack them as one .zip.");
  } else if (files.length && files[0].size > upload.data.max_bytes) {
    const most = megabytes(upload.data.max_bytes);
    refuse(upload, `The file has ${megabytes(files[0].size)} MB; the limit is ${most} MB.`, upload.data.otherwise);
  } else if (files.length) {
    (upload.data.address ? send : handOver)(upload, files[0]);
  }
}

async function handOver(upload, file) {
  upload.refusal.hidden = true;
  upload.said.textContent = "Reading the file";
  try {
    const packed = await new Response(file.stream().pipeThrough(new CompressionStream("gzip"))).blob();
    if (packed.size > upload.data.max_packed) {
      refuse(upload, "The file is too large for this page, even packed.", upload.data.otherwise);
      return;
    }
    const reader = new FileReader();
    reader.onload = () => upload.setTriggerValue("file", reader.result.split(",")[1]);
    reader.readAsDataURL(packed);
    upload.said.textContent = "";
  } catch {
    refuse(upload, "The file could not be read.", "See that it is still there, then choose it again.");
  }
}

function send(upload, file) {
  const request = new XMLHttpRequest();
  upload.request = request;
  request.open("POST", `${upload.data.address}?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("X-Upload-Ticket", upload.data.ticket);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => progress(upload, loaded, total);
  request.upload.onload = () => {
    upload.bar.removeAttribute("value");
    upload.share.textContent = "Uploaded; examining it";
  };
  request.onload = () => answered(upload, request);
  request.onerror = () => refuse(upload, "The connection broke during the upload.", "Try again.");
  request.onabort = () => {
    rest(upload, upload.choose);
    upload.said.textContent = "The upload was cancelled; nothing of it was kept.";
  };
  upload.refusal.hidden = true;
  upload.said.textContent = "";
  upload.drop.hidden = true;
  upload.sending.hidden = false;
  upload.name.textContent = file.name;
  progress(upload, 0, file.size);
  upload.sending.querySelector(".cancel").focus();
  request.send(file);
}

function progress(upload, loaded, total) {
  const share = total ? loaded / total : 0;
  upload.bar.value = share;
  upload.share.textContent = `${Math.floor(100 * share)} % · ${megabytes(loaded)} of ${megabytes(total)} MB`;
}

function answered(upload, request) {
  const { run, page, problem } = request.response ?? {};
  if (request.status === 201 && run) {
    rest(upload, null);
    const link = document.createElement("a"); // for when the page's own connection is gone
    link.href = page;
    link.textContent = "Uploaded: open it";
    upload.said.replaceChildren(link);
    upload.setTriggerValue("run", run);
  } else if (problem) {
    refuse(upload, problem.message, problem.next_step);
  } else {
    refuse(upload, `The server answered ${request.status}.`, "Reload the page, then try again.");
  }
}

function refuse(upload, message, nextStep) {
  rest(upload, upload.choose);
  upload.said.textContent = "";
  upload.refusal.hidden = false;
  upload.refusal.querySelector("strong").textContent = message;
  upload.refusal.querySelector("span").textContent = nextStep;
}

function rest(upload, focused) {
  upload.request = null;
  upload.sending.hidden = true;
  upload.drop.hidden = false;
  focused?.focus();
}

function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e8 ? 1 : 0 });
}
