/** A key that no other request has, so that a repeated one is told from a new one. */
export const newKey = (): string => `web-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
