/** A text without the service's API keys, which are known by their beginning and may stand where they do not belong. */
export const maskedKeys = (text: string): string => text.replace(/pf_[\w-]+/g, 'pf_***');
