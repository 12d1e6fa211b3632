"""What an assistant is, on either side: canonical form, differences, mark, digests, request bodies.

In: the members of an assistant as files state them or as a server answered them. Out: plain data to compare, mark and send. Nothing here
does I/O. Everybody may import it; it imports only `errors` and `models`.
"""
