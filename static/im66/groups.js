// The HTTP calls for groups: a request as text, and the request itself.

/** What goes out, in a form to be read: the request line, and below it the body if there is one. */
export function describe({ call, method, parameters }) {
  const form = new URLSearchParams(parameters).toString();
  if (method === "POST") return `POST /${call}\n\n${form}`;
  return `GET /${call}${form && `?${form}`}`;
}

/** The parameter that says who calls; none without a token. */
export const withToken = (token) => (token ? { access_token: token } : {});

/** Send it to the server that served this page; `{ status, body }`, the body as the text it came as. */
export async function ask({ call, method, parameters }) {
  const form = new URLSearchParams(parameters);
  const response = await (method === "POST"
    ? fetch(`/${call}`, { method, body: form })
    : fetch(`/${call}?${form}`));
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

/** Whether a reply means that the call was done: code 1, or 0 where a server is set to say so. */
export const succeeded = (reply) => reply?.code === 0 || reply?.code === 1;
