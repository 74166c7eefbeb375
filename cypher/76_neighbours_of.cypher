// The neighbours of one product, best first; no row when there is no such product.
// database: products
// parameters: code STRING
// returns: code STRING, codes LIST<STRING>, scores LIST<FLOAT>
// servers: >= 4.4
MATCH (p:Product {code: $code})
OPTIONAL MATCH (p)-[s:SIMILAR]->(q:Product)
WITH p.code AS code, q.code AS neighbour, s.score AS score ORDER BY score DESC, neighbour
RETURN code, collect(neighbour) AS codes, collect(score) AS scores
