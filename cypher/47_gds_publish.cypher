// Make the neighbours that GDS wrote as SIMILAR_NEW the SIMILAR ones of up to that many products, each product's all at once, so that a
// reader never sees one without. Run until the count is 0.
// database: products
// parameters: limit INTEGER
// returns: count INTEGER
// servers: >= 4.4
MATCH (p:Product)
WHERE (p)-[:SIMILAR_NEW]->()
WITH p LIMIT $limit
OPTIONAL MATCH (p)-[old:SIMILAR]->()
WITH p, collect(old) AS former
FOREACH (edge IN former | DELETE edge)
WITH p
MATCH (p)-[new:SIMILAR_NEW]->(q)
CREATE (p)-[:SIMILAR {score: new.score}]->(q)
DELETE new
RETURN count(DISTINCT p) AS count
