"""Reads a WMS with OWSLib and writes a map: owslib_map.py URL VERSION SRS WIDTH HEIGHT BBOX OUT.png; prints JSON"""

import json
import sys

from owslib.wms import WebMapService

url, version, srs, width, height, bbox, out = sys.argv[1:]
wms = WebMapService(url, version=version)
layer = wms["world"]
answer = wms.getmap(
    layers=["world"],
    styles=[""],
    srs=srs,
    bbox=tuple(float(edge) for edge in bbox.split(",")),
    size=(int(width), int(height)),
    format="image/png",
)
with open(out, "wb") as file:
    file.write(answer.read())
print(
    json.dumps(
        {
            "title": wms.identification.title,
            "version": wms.identification.version,
            "layer": layer.title,
            "systems": sorted(layer.crsOptions),
            "bbox": layer.boundingBoxWGS84,
            "formats": wms.getOperationByName("GetMap").formatOptions,
            "queryable": layer.queryable,
        }
    )
)
