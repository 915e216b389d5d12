const MAX_LENGTH = 256;

/**
 * Checks the id of an environment at a registry.
 *
 * Source: environments, section 6.4.
 *
 * @returns what is wrong with it, undefined when nothing is
 */
export function checkEnvironmentId(id: string): string | undefined {
  if (id.trim() === "") return "environment id is required for remote exec-server registration";
  if (id.trim() !== id) return "environment id must not contain surrounding whitespace";
  if (id.length > MAX_LENGTH) return `environment id cannot be longer than ${MAX_LENGTH} characters`;
  if (!/^[A-Za-z0-9_-]+$/.test(id)) return "environment id must contain only ASCII letters, numbers, '-' or '_'";
  return undefined;
}
