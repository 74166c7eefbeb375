// The k nearest neighbours of each product by GDS 1.x, written as SIMILAR_NEW: see 47_gds_publish.
// database: products
// parameters: graph STRING, k INTEGER
// returns: compared INTEGER, written INTEGER
// servers: >= 4.4, < 5
// plugin: GDS >= 1.4, < 2
CALL gds.beta.knn.write($graph, {
  writeRelationshipType: 'SIMILAR_NEW', writeProperty: 'score', topK: $k, randomSeed: 42, concurrency: 1, nodeWeightProperty: 'embedding'})
YIELD nodesCompared, relationshipsWritten
RETURN nodesCompared AS compared, relationshipsWritten AS written
