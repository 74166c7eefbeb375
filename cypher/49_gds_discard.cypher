// Delete up to that many relationships that a run of GDS left unpublished. Run until the count is 0.
// database: products
// parameters: limit INTEGER
// returns: count INTEGER
// servers: >= 4.4
MATCH ()-[new:SIMILAR_NEW]->()
WITH new LIMIT $limit
DELETE new
RETURN count(*) AS count
