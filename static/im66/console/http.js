// Calls over HTTP: group calls, uploads and the API. A request is made, shown as text, and sent.
//
// A request: `{ method, path, headers, body }`. The body is null, a text, URLSearchParams, or FormData.

/** A group call. It takes its parameters, and its token, in the query or in the body. */
export function groupCall(name, method, parameters, token) {
  const form = new URLSearchParams({ ...parameters, ...tokenIn(token) });
  if (method === "POST") return { method, path: `/${name}`, headers: {}, body: form };
  return { method, path: withQuery(`/${name}`, form), headers: {}, body: null };
}

/** A call of the API. `headers`: of `proof`. */
export function apiCall({ method, path, body }, headers) {
  const hasBody = body !== "" && method !== "GET";
  const type = hasBody ? { "Content-Type": "application/json" } : {};
  return { method, path, headers: { ...headers, ...type }, body: hasBody ? body : null };
}

/** An upload of the API. */
export function upload(path, file, headers) {
  return { method: "POST", path, headers, body: formOf({}, file) };
}

/** An upload call of the shipped apps. Its token goes into the query: the body is not read before it counts. */
export function legacyUpload(path, { fields, file }, token) {
  const query = new URLSearchParams(tokenIn(token));
  return { method: "POST", path: withQuery(path, query), headers: {}, body: formOf(fields, file) };
}

/**
 * The headers that say who makes a call of the API: in open mode `userid`, in token mode `token`. Without
 * these the browser's session does, and `csrf` shows that the page is the server's own.
 */
export function proof({ isOpen, userid, token, csrf }) {
  if (isOpen && userid) return { Authorization: `Userid ${encodeURIComponent(userid)}` };
  if (!isOpen && token) return { Authorization: `Bearer ${token}` };
  return csrf ? { "X-CSRFToken": csrf } : {};
}

/** What goes out, in a form to be read: the request line, headers, and below them the body if there is one. */
export function describe({ method, path, headers, body }) {
  const head = [`${method} ${path}`, ...Object.entries(headers).map((header) => header.join(": "))];
  const text = body instanceof FormData ? describeForm(body) : String(body ?? "");
  return text === "" ? head.join("\n") : `${head.join("\n")}\n\n${text}`;
}

/** Send it to the server that served this page; `{ status, body }`, the body as the text it came as. */
export async function ask({ method, path, headers, body }) {
  const response = await fetch(path, { method, headers, body });
  return { status: response.status, body: await response.text() };
}

/** The JSON of a reply's body; undefined where it is none. */
export function read(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Whether the reply to a request means that it was done: the shipped apps' calls say so in the body only. */
export function succeeded({ path }, status, reply) {
  if (path.startsWith("/api/")) return status < 400;
  // 1 is success for group calls, and a failure for uploads.
  return reply?.code === 0 || (reply?.code === 1 && !path.startsWith("/upload/"));
}

const tokenIn = (token) => (token ? { access_token: token } : {});

const withQuery = (path, form) => (form.size ? `${path}?${form}` : path);

function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append("file", file);
  return form;
}

function describeForm(form) {
  const say = (value) =>
    value instanceof File ? `${value.name}, ${value.type || "no type"}, ${value.size} bytes` : value;
  return [...form].map(([name, value]) => `${name}: ${say(value)}`).join("\n");
}
