/** Positions x, y of a closed ring; the first position is repeated at the end. */
export type Ring = readonly (readonly [x: number, y: number])[];

/** An outer ring, then its holes. */
export type Polygon = readonly Ring[];

/** Polygons whose insides do not overlap. */
export type MultiPolygon = readonly Polygon[];
