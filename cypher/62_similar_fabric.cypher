// Similar items across two databases, best first: Fabric of Neo4j 4.x, or a composite database of that name (see 02_create_composite).
// database: fabric
// parameters: code STRING, k INTEGER
// returns: code STRING, score FLOAT, type STRING, department STRING
// servers: >= 4.4
// edition: Enterprise
CALL {
  USE fabric.products
  MATCH (:Product {code: $code})-[s:SIMILAR]->(p:Product)
  RETURN p.code AS code, s.score AS score ORDER BY score DESC, code LIMIT $k
}
CALL {
  USE fabric.neo4j
  WITH code
  OPTIONAL MATCH (p:Product {code: code})
  OPTIONAL MATCH (p)-[:SUBSET_OF]->(t:ProductType)
  OPTIONAL MATCH (p)-[:FROM_DEPARTMENT]->(d:Department)
  RETURN t.name AS type, d.name AS department LIMIT 1
}
RETURN code, score, type, department ORDER BY score DESC, code
