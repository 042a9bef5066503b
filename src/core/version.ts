/** Version of Rhumb as it names itself to servers and clients; equal to the one in package.json. */
export const VERSION = "0.1.0";
