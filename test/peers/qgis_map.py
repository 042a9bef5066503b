"""Draws a layer of a WMS with QGIS: qgis_map.py URI SRS WIDTH HEIGHT MINX,MINY,MAXX,MAXY OUT.png"""

import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QEventLoop, QSize

uri, srs, width, height, bbox, out = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
layer = QgsRasterLayer(uri, "map", "wms")
if not layer.isValid():
    sys.exit("Cannot load layer: " + layer.error().message())
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setOutputSize(QSize(int(width), int(height)))
settings.setDestinationCrs(QgsCoordinateReferenceSystem(srs))
settings.setExtent(QgsRectangle(*[float(edge) for edge in bbox.split(",")]))
job = QgsMapRendererSequentialJob(settings)
loop = QEventLoop()
job.finished.connect(loop.quit)
job.start()
loop.exec_()
if job.errors():
    sys.exit("; ".join(error.message for error in job.errors()))
job.renderedImage().save(out, "PNG")
print(layer.dataProvider().name(), layer.crs().authid())
