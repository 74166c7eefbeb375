// Similar items of a vector by the vector index: approximate, with no neighbours stored.
// database: products
// parameters: k INTEGER, vector LIST<FLOAT>
// returns: code STRING, score FLOAT
// servers: >= 5.11
CALL db.index.vector.queryNodes('productEmbedding', $k, $vector) YIELD node, score
RETURN node.code AS code, score
