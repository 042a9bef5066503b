/** KML counts rows from the south; level 0 is the single tile. */
export const FROM_THE_SOUTH = { origin: "sw" } as const;
