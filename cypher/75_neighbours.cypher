// Every product, ordered by code, with its neighbours, best first.
// database: products
// parameters: none
// returns: code STRING, codes LIST<STRING>, scores LIST<FLOAT>
// servers: >= 4.4
MATCH (p:Product)
WITH p, p.code AS code ORDER BY code
OPTIONAL MATCH (p)-[s:SIMILAR]->(q:Product)
WITH code, q.code AS neighbour, s.score AS score ORDER BY code, score DESC, neighbour
RETURN code, collect(neighbour) AS codes, collect(score) AS scores
ORDER BY code
