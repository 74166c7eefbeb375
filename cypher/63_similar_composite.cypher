// Similar items across two databases, best first, in the words of newer servers, where CALL names what it takes in.
// database: fabric
// parameters: code STRING, k INTEGER
// returns: code STRING, score FLOAT, type STRING, department STRING
// servers: >= 5.23
// edition: Enterprise
CALL () {
  USE fabric.products
  MATCH (:Product {code: $code})-[s:SIMILAR]->(p:Product)
  RETURN p.code AS code, s.score AS score ORDER BY score DESC, code LIMIT $k
}
CALL (code) {
  USE fabric.neo4j
  OPTIONAL MATCH (p:Product {code: code})
  OPTIONAL MATCH (p)-[:SUBSET_OF]->(t:ProductType)
  OPTIONAL MATCH (p)-[:FROM_DEPARTMENT]->(d:Department)
  RETURN t.name AS type, d.name AS department LIMIT 1
}
RETURN code, score, type, department ORDER BY score DESC, code
