// Similar items, best first, where products, catalogue and neighbours are in one database.
// database: products
// parameters: code STRING, k INTEGER
// returns: code STRING, score FLOAT, type STRING, department STRING
// servers: >= 4.4
MATCH (:Product {code: $code})-[s:SIMILAR]->(p:Product)
WITH p, s.score AS score ORDER BY score DESC, p.code LIMIT $k
OPTIONAL MATCH (p)-[:SUBSET_OF]->(type:ProductType)
OPTIONAL MATCH (p)-[:FROM_DEPARTMENT]->(department:Department)
RETURN p.code AS code, score, type.name AS type, department.name AS department
ORDER BY score DESC, code
