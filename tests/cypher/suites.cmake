hm_check(cypher scripts)
hm_check(cypher split)
