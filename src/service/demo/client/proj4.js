import proj4 from "proj4";

// Loaded before the map, and only by pages that have a reference system to define.
globalThis.proj4 = proj4;
