// Delete the neighbours of up to that many products for which GDS has just found none. Run until the count is 0, before 47_gds_publish.
// database: products
// parameters: limit INTEGER
// returns: count INTEGER
// servers: >= 4.4
MATCH (p:Product)
WHERE (p)-[:SIMILAR]->() AND NOT (p)-[:SIMILAR_NEW]->()
WITH p LIMIT $limit
MATCH (p)-[old:SIMILAR]->()
DELETE old
RETURN count(DISTINCT p) AS count
