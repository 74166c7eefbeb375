// How much there is.
// database: products
// parameters: model STRING
// returns: products INTEGER, embeddings INTEGER, neighbours INTEGER, customers INTEGER, purchases INTEGER
// servers: >= 4.4
CALL { MATCH (p:Product) RETURN count(p) AS products }
CALL { MATCH (p:Product) WHERE p.embedding_model = $model RETURN count(p) AS embeddings }
CALL { MATCH ()-[s:SIMILAR]->() RETURN count(s) AS neighbours }
CALL { MATCH (c:Customer) RETURN count(c) AS customers }
CALL { MATCH ()-[b:PURCHASED]->() RETURN count(b) AS purchases }
RETURN products, embeddings, neighbours, customers, purchases
