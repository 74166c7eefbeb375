// The k nearest neighbours of each product by GDS 2.x, written as relationships of that type: see 47_gds_publish.
// database: products
// parameters: graph STRING, type STRING, k INTEGER
// returns: compared INTEGER, written INTEGER
// servers: >= 4.4
// plugin: GDS >= 2.2
CALL gds.knn.write($graph, {
  writeRelationshipType: $type, writeProperty: 'score', topK: $k, randomSeed: 42, concurrency: 1, nodeProperties: ['embedding']})
YIELD nodesCompared, relationshipsWritten
RETURN nodesCompared AS compared, relationshipsWritten AS written
