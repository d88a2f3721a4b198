@rem The scripts say `exec node`, so that signals reach Node and not a shell before it. cmd knows no exec; this is it.
@%*
