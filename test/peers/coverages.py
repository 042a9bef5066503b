"""Areas and predicates by GDAL and GEOS: reads a job (JSON, file named by the argument), prints what comes out (JSON)."""
import json
import sys

import pyproj
from osgeo import ogr
from shapely import wkb, wkt
from shapely.geometry import Point, box, shape
from shapely.ops import transform, unary_union

ogr.UseExceptions()
job = json.load(open(sys.argv[1]))


def selected(path, where):
    """The area of the polygons that OGR selects."""
    source = ogr.Open(path)
    layer = source.GetLayer(0)
    if where and where.lower().startswith("select"):
        layer = source.ExecuteSQL(where)
    elif where:
        layer = source.ExecuteSQL('select * from "%s" where %s' % (layer.GetName(), where))
    found = [wkb.loads(bytes(feature.GetGeometryRef().ExportToWkb())) for feature in layer]
    return unary_union([part.buffer(0) for part in found])


def combined(operation, members):
    areas = [unary_union([shape(part).buffer(0) for part in member]) for member in members]
    if operation == "union":
        return unary_union(areas)
    first, *rest = areas
    if operation == "difference":
        return first.difference(unary_union(rest))
    for area in rest:
        first = first.intersection(area)
    return first


def apart(ours, theirs):
    """Share of the area in which the two differ."""
    if theirs.is_empty:
        return 0 if ours.is_empty else 1
    return ours.symmetric_difference(theirs).area / theirs.area


to = lambda code: pyproj.Transformer.from_crs("EPSG:4326", code, always_xy=True).transform
answers = {
    "selections": [apart(wkt.loads(s["ours"]), selected(s["path"], s.get("where"))) for s in job["selections"]],
    "combinations": [apart(wkt.loads(c["ours"]), combined(c["operation"], c["members"])) for c in job["combinations"]],
    "transforms": [apart(wkt.loads(t["ours"]), transform(to(t["srs"]), wkt.loads(t["from"])).buffer(0)) for t in job["transforms"]],
}
area = wkt.loads(job["area"])
answers["valid"] = area.is_valid
answers["boxes"] = [[area.intersects(box(*b)), area.contains(box(*b))] for b in job["boxes"]]
answers["points"] = [area.contains(Point(p)) for p in job["points"]]
print(json.dumps(answers))
