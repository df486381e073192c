/**
 * A mail's HTML. The frame runs no script and is of no origin; a link opens a new tab, which is an ordinary page
 * again, or starts a download.
 */
export function MailFrame({ html, title }: { html: string; title: string }) {
  return (
    <iframe
      title={`Message: ${title}`}
      sandbox="allow-popups allow-popups-to-escape-sandbox allow-downloads"
      srcDoc={`<base target="_blank">${html}`}
      style={{ flex: 1, minHeight: 420, width: "100%", border: 0, background: "#fff", colorScheme: "light" }}
    />
  );
}
